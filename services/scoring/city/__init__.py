"""The city's published evaluation: imported, compared indicator by indicator, followed by improvement measures.

永政办发〔2009〕106号 四: 根据市发改委和市统计局发布的服务业工作评价情况，…针对不足提出改进措施。
"""
